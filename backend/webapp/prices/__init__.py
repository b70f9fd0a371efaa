"""What does electricity cost, for everybody and for every machine?"""
