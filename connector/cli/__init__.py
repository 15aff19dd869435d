"""The command line: talks to a node over HTTP, or works offline with pure rooms."""
