"""PACT data exchange: version 3 read and written, version 2.3 read; its API's filters, events and errors as values."""
