"""What all tests share: Hypothesis without deadlines, as machines differ in speed."""

from hypothesis import settings

settings.register_profile("remixer", deadline=None, max_examples=50)
settings.load_profile("remixer")
