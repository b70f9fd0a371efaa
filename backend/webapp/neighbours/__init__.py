"""What do neighbours show and tell each other?"""
