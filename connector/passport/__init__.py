"""The passport as a record: identifiers, versions, disclosure, data carrier, what is shown of it, other formats."""
