"""How is PostgreSQL spoken to? Django's own way, but without a question before every request."""
