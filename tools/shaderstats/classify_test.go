package main

import "testing"

func TestCount(t *testing.T) {
	for _, c := range []struct {
		text string
		want tally
	}{
		{"v_fmac_f32_e32 v4, v10, v12", tally{vector: 1, fma: 1}},
		{"v_fma_f32 v4, v10, s0, v12", tally{vector: 1, fma: 1}},
		{"v_fmaak_f32 v1, v2, v3, 0x3f800000", tally{vector: 1, fma: 1}},
		{"v_pk_fma_f16 v1, v2, v3, v4", tally{vector: 1, fma: 1}},
		{"v_dot2_f32_f16 v1, v2, v3, v4", tally{vector: 1, fma: 1}},
		{"v_dual_fmac_f32 v1, v2, v3 :: v_dual_mul_f32 v4, v5, v6", tally{vector: 2, fma: 1}},
		{"v_dual_fmac_f32 v1, v2, v3 :: v_dual_fmac_f32 v4, v5, v6", tally{vector: 2, fma: 2}},
		{"v_mul_f32_e32 v1, v2, v3", tally{vector: 1}},
		{"v_add_lshl_u32 v1, v2, v3, 4", tally{vector: 1}},
		{"buffer_load_dwordx4 v[36:39], v33, s[8:11], 0 offen", tally{vector: 1, vmem: 1}},
		{"buffer_store_b128 v[0:3], v9, s[8:11], 0 offen", tally{vector: 1, vmem: 1}},
		{"global_load_b32 v1, v[2:3], off", tally{vector: 1, vmem: 1}},
		{"scratch_load_b128 v[1:4], off, s0", tally{vector: 1, vmem: 1}},
		{"ds_read_b128 v[1:4], v0", tally{vector: 1, lds: 1}},
		{"ds_load_2addr_b32 v[10:11], v9 offset1:32", tally{vector: 1, lds: 1}},
		{"s_load_dwordx4 s[8:11], s[6:7], null", tally{smem: 1}},
		{"s_buffer_load_b32 s0, s[4:7], 0x0", tally{smem: 1}},
		{"s_waitcnt vmcnt(0)", tally{}},
		{"(invalid instruction)", tally{}},
	} {
		blocks, err := parseAssembly("\t" + c.text + " ; 0")
		if err != nil {
			t.Fatal(err)
		}
		if got := count(blocks[0].instructions); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.text, got, c.want)
		}
	}
}
