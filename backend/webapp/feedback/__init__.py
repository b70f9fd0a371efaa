"""What do people tell us about the page?"""
