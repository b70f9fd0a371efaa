"""What does it cost, and what does the same work cost elsewhere?"""
