"""How does a call leave for the trading service, and what of its answer is believed?"""
