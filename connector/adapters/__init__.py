"""The world behind the ports: SQL, HTTP, keys, files, DID documents, the library of documents."""
