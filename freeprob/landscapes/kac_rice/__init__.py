"""Critical points of Gaussian fields on spheres, counted by the Kac-Rice formula.

``covariances`` derives the law of a field and its derivatives at a point from the kernel; the
fields (``spin_glasses``) ask ``rates`` (closed forms on one sphere) and ``counts`` (finite size).
"""
