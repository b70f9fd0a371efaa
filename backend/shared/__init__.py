"""How do the services speak with each other and with people?"""
