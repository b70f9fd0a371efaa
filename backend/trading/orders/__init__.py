"""What does each node want to buy or sell, until gate closure?"""
