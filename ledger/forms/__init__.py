"""The doors of the fee desk: what comes in leaves as real types, or refused."""
