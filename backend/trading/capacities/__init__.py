"""What may flow?"""
