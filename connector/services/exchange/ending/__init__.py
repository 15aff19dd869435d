"""What ends contracts, what is told of it, and what is owed then."""
