"""Is this real point in a gap or in a cut?"""
