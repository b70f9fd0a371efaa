"""What does each party have?"""
