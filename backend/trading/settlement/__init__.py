"""Who pays whom?"""
