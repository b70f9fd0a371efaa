"""Which auction runs when, by which rules?"""
