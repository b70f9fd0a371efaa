"""Which program may act for you, in what, and how often?"""
