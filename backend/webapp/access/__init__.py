"""Which nodes may you act for?"""
