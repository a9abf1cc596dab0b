"""
The pure core: four trees and a configuration in, a review out.

No network, no clock, no environment, no process, no database.
"""
