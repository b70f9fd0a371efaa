"""Who bids for a household that does not bid by hand?"""
