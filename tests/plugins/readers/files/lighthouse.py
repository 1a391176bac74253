"""Keeping a lighthouse, as a program."""

from dataclasses import dataclass

BLAST = 5  # seconds


@dataclass
class FogSignal:
    """Sounds a blast of five seconds every minute, in thick weather."""

    pressure: float = 0.0

    def compress(self, litres):
        """Feed the compressor with paraffin, and write into the log how much that was.

        Twelve litres last from Monday to Friday.
        """
        # The gauge sticks in frost: knock on it.
        self.pressure += litres / 12
        return self.pressure
