"""Where should the exchange call when something happens?"""
