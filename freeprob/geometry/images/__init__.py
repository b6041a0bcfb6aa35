"""Where densities of functions of classical variables are not analytic. By ``places_of``."""
