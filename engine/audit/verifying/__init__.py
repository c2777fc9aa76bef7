"""Whether everything is as it was written: ``whole_log`` and each instance of it.

Nothing is believed that can be made anew; every defect is told, with its place.
"""
