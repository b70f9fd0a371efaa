"""The exchange: auctions from open to settled."""
