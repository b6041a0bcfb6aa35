"""Critical points of Gaussian fields on spheres, counted by the Kac-Rice formula.

``covariances`` derives the law of a field and its derivatives at a point from the kernel. The
fields (``spin_glasses``, ``product_fields``) ask ``rates`` (closed forms on one sphere),
``supremum`` over ``block_potential`` (several spheres) and ``counts`` (finite size).
"""
