"""What do we learn from the figures?"""
