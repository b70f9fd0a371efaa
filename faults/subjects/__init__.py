"""What is done to the exchange, one module for each kind of fault."""
