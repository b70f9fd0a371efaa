"""What does the exchange survive?"""
