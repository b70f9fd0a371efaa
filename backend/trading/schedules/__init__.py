"""What must flow?"""
