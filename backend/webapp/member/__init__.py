"""How does a bidding tool that speaks the Nord Pool Auction API trade here?"""
