"""Does the whole exchange work for a person with a browser?"""
