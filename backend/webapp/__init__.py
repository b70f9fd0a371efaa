"""The public door: who are you, which nodes may you act for, and how does your request reach trading?"""
