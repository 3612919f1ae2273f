// Package steady runs something until its times stay the same, before it is measured: a card that was idle runs at a fraction of its clock, to
// which it climbs over some tenths of a second, and a driver may compile in the first run.
package steady
