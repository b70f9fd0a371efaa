"""What was decided?"""
