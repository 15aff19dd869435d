-- Beside the first one (POSTGRES_DB): one database for each further node.
create database customer;
