"""Variational autoencoders: hidden variables whose posterior is learned (J. Su, kexue.fm 5253, 5343, 5383)."""
