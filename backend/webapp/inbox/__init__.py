"""What should you know?"""
