"""How does your request reach trading?"""
