"""What flowed?"""
