"""Convolutional kernels against real networks, the fully connected theory and Fourier modes."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError

INPUTS = np.random.default_rng(4).standard_normal((2, 3, 8))
PROFILE = (sp.Rational(1, 5), sp.Rational(1, 2), sp.Rational(3, 10))


def simulated(networks, profile=PROFILE, channels=250):
    network = nets.RandomConvolutionalNetwork(
        nets.erf, (channels, channels, channels), profile, weight_variance=1.5, bias_variance=0.1
    )
    samples = []
    for seed in range(networks):
        last = network.draw(INPUTS, rng=seed)[-1]
        samples.append(np.einsum("cas,cbt->abst", last, last) / channels)
    return np.array(samples)


def test_real_networks():
    samples = simulated(40)
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    theory = nets.ConvolutionalKernel(nets.erf, 2, 1.5, 0.1, PROFILE).covariance(INPUTS)
    distance = abs(samples.mean(axis=0) - theory)
    assert (error < 0.03).all()
    # 256 entries: 4.5 standard errors, and O(1/C) of systematic error
    assert (distance < 4.5 * error + 2 / 250).all()
    turned = nets.ConvolutionalKernel(nets.erf, 2, 1.5, 0.1, PROFILE[::-1]).covariance(INPUTS)
    assert (abs(samples.mean(axis=0) - turned) > 4.5 * error + 2 / 250).any()


def test_one_site_is_fully_connected():
    X = np.random.default_rng(0).standard_normal((4, 5, 1))
    kernel = nets.ConvolutionalKernel(nets.gelu, 3, 1.5, 0.1, (1,)).covariance(X)
    assert kernel[:, :, 0, 0] == pytest.approx(nets.nngp(nets.gelu, 3, 1.5, 0.1).matrix(X[:, :, 0]))


def test_fixed_covariance_is_that_of_the_fully_connected_network():
    field = nets.MeanField(nets.erf, 2, ".05")
    q, c = field.fixed_point(), field.correlation_fixed_point()
    kernel = nets.ConvolutionalKernel(nets.erf, 0, 2, ".05", nets.uniform_filter(1))
    star = q * ((1 - c) * np.eye(6) + c)[None, None]
    assert kernel.step(star) == pytest.approx(star, rel=1e-10)


@pytest.mark.parametrize("profile", [nets.uniform_filter(1), PROFILE])
def test_fourier_modes_are_damped_by_their_multipliers(profile):
    sites = 6
    field = nets.MeanField(nets.erf, 2, ".05")
    q, c = field.fixed_point(), field.correlation_fixed_point()
    kernel = nets.ConvolutionalKernel(nets.erf, 0, 2, ".05", profile)
    star = q * ((1 - c) * np.eye(sites) + c)
    multipliers = np.array([complex(m) for m in kernel.mode_multipliers(sites)])
    for mode in range(sites):
        wave = np.cos(2 * np.pi * mode * np.arange(sites) / sites)
        nudge = 1e-6 * np.diag(wave)
        response = (
            kernel.step((star + nudge)[None, None])[0, 0] - kernel.step(star[None, None])[0, 0]
        )
        found = np.fft.fft(np.diag(response))[mode] / np.fft.fft(np.diag(nudge))[mode]
        assert found == pytest.approx(field.chi_q() * multipliers[mode], abs=1e-5)


def test_modes_between_sites_are_damped_by_the_correlation_slope():
    """Covariances of sites a distance apart: C'(c*) times the multiplier of the mode."""
    sites, apart = 6, 2
    field = nets.MeanField(nets.erf, 2, ".05")
    q, c = field.fixed_point(), field.correlation_fixed_point()
    kernel = nets.ConvolutionalKernel(nets.erf, 0, 2, ".05", PROFILE)
    star = q * ((1 - c) * np.eye(sites) + c)
    here, there = np.arange(sites), (np.arange(sites) + apart) % sites
    for mode, multiplier in enumerate(map(complex, kernel.mode_multipliers(sites))):
        wave = np.cos(2 * np.pi * mode * here / sites)
        nudge = np.zeros((sites, sites))
        nudge[here, there] = nudge[there, here] = 1e-6 * wave
        response = (
            kernel.step((star + nudge)[None, None])[0, 0] - kernel.step(star[None, None])[0, 0]
        )
        found = np.fft.fft(response[here, there])[mode] / np.fft.fft(1e-6 * wave)[mode]
        assert found == pytest.approx(field.correlation_slope() * multiplier, abs=1e-5)
        if abs(multiplier) > 0.1:
            assert found != pytest.approx(field.chi_q() * multiplier, abs=1e-2)


def test_multipliers():
    uniform = nets.ConvolutionalKernel(nets.erf, 1, 1, 0, nets.uniform_filter(1))
    for n in (5, 8):
        expected = [(1 + 2 * sp.cos(2 * sp.pi * j / n)) / 3 for j in range(n)]
        found = uniform.mode_multipliers(n)
        assert all(abs((a - b).evalf(20)) < 1e-18 for a, b in zip(found, expected, strict=True))
    delta = nets.ConvolutionalKernel(nets.erf, 1, 1, 0, (0, 1, 0))
    assert delta.mode_multipliers(7) == [1] * 7
    assert uniform.mode_depth_scale(0, 8, sp.Rational(1, 2)) == 1 / sp.log(2)
    assert uniform.mode_depth_scale(0, 8, 1) == sp.oo
    assert uniform.mode_depth_scale(2, 6, 1) == 0


@pytest.mark.parametrize("profile", [(1, 1, 1), (sp.Rational(1, 2),) * 2, (-1, 1, 1)])
def test_bad_filters(profile):
    with pytest.raises(InvalidParameterError):
        nets.ConvolutionalKernel(nets.erf, 1, 1, 0, profile)


def test_bad_inputs():
    kernel = nets.ConvolutionalKernel(nets.erf, 1, 1, 0, (1,))
    with pytest.raises(InvalidParameterError, match="shape"):
        kernel.covariance(np.ones((2, 3)))
