"""Which blocks are accepted?"""

from clearing.blocks.book import NONE, WHOLE, Blocks
from clearing.blocks.outcome import REASONS, Outcome

__all__ = ["NONE", "REASONS", "WHOLE", "Blocks", "Outcome"]
