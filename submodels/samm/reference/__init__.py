"""What people read of an aspect model: its reference page and its drawing."""
