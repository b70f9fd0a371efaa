"""Where does each household sit in the grid?"""
