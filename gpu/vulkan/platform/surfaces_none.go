//go:build cgo && !window

package platform

// wantSurfaces makes instances with the extensions of surfaces.
const wantSurfaces = false
