BB0:
	v_lshrrev_b64 v[1:2], 0, 0                                  ; d7000001 00010080
	v_lshrrev_b64 v[3:4], 0, 0                                  ; d7000003 00010080
	v_lshrrev_b64 v[5:6], 0, 0                                  ; d7000005 00010080
	v_lshrrev_b64 v[7:8], 0, 0                                  ; d7000007 00010080
	s_mov_b32 s0, 0                                             ; be800380
BB1:
	s_cmp_ge_u32 s0, s4                                         ; bf090400
	s_cbranch_scc1 BB10                                         ; bf85002d
BB4:
	s_mov_b32 s6, s2                                            ; be860302
	s_movk_i32 s7, 0x8000                                       ; b0078000
	s_load_dwordx4 s[8:11], s[6:7], null                        ; f4080203 fa000000
	s_mul_i32 s1, s0, s3                                        ; 93010300
	v_add_lshl_u32 v9, s1, v0, 4                                ; d7470009 02120001
	s_waitcnt lgkmcnt(0)                                        ; bf8cc07f
	buffer_load_dword v9, v9, s[8:11], 0 offen                  ; e0301000 80020909
	v_lshlrev_b32_e32 v10, 2, v0                                ; 34140082
	s_waitcnt vmcnt(0)                                          ; bf8c3f70
	ds_write_b32 v10, v9                                        ; d8340000 0000090a
	s_mov_b32 s1, 0                                             ; be810380
BB5:
	s_cmp_ge_u32 s1, 32                                         ; bf09a001
	s_cbranch_scc1 BB9                                          ; bf85001a
BB8:
	s_load_dwordx4 s[8:11], s[6:7], 0x10                        ; f4080203 fa000010
	s_add_u32 s12, s0, s1                                       ; 800c0100
	s_mul_i32 s12, s12, s3                                      ; 930c030c
	v_lshl_add_u32 v9, s5, 6, v0                                ; d7460009 04010c05
	v_add_lshl_u32 v9, s12, v9, 4                               ; d7470009 0212120c
	s_waitcnt lgkmcnt(0)                                        ; bf8cc07f
	buffer_load_dwordx4 v[12:15], v9, s[8:11], 0 offen          ; e0381000 80020c09
	s_lshl_b32 s8, s1, 2                                        ; 8f088201
	v_mov_b32_e32 v9, s8                                        ; 7e120208
	ds_read2_b32 v[10:11], v9 offset1:32                        ; d8dc2000 0a000009
	s_add_u32 s1, s1, 1                                         ; 80018101
	s_waitcnt vmcnt(0) lgkmcnt(0)                               ; bf8c0070
	v_fmac_f32_e32 v4, v10, v12                                 ; 5608190a
	v_fmac_f32_e32 v3, v10, v13                                 ; 56061b0a
	v_fmac_f32_e32 v2, v10, v14                                 ; 56041d0a
	v_fmac_f32_e32 v1, v10, v15                                 ; 56021f0a
	v_fmac_f32_e32 v8, v11, v12                                 ; 5610190b
	v_fmac_f32_e32 v7, v11, v13                                 ; 560e1b0b
	v_fmac_f32_e32 v6, v11, v14                                 ; 560c1d0b
	v_fmac_f32_e32 v5, v11, v15                                 ; 560a1f0b
	s_branch BB5                                                ; bf82ffe4
BB9:
	s_add_u32 s0, s0, 64                                        ; 8000c000
	s_branch BB1                                                ; bf82ffd1
BB10:
	s_mov_b32 s0, s3                                            ; be800303
	s_movk_i32 s3, 0x8000                                       ; b0038000
	s_load_dwordx4 s[8:11], s[2:3], 0x20                        ; f4080201 fa000020
	v_lshl_add_u32 v0, s5, 6, v0                                ; d7460000 04010c05
	v_lshlrev_b32_e32 v9, 4, v0                                 ; 34120084
	v_swap_b32 v0, v4                                           ; 7e00cb04
	v_swap_b32 v1, v3                                           ; 7e02cb03
	s_waitcnt lgkmcnt(0)                                        ; bf8cc07f
	buffer_store_dwordx4 v[0:3], v9, s[8:11], 0 offen glc       ; e0785000 80020009
	v_add_lshl_u32 v4, s0, v4, 4                                ; d7470004 02120800
	v_mov_b32_e32 v9, v7                                        ; 7e120307
	v_mov_b32_e32 v10, v6                                       ; 7e140306
	v_mov_b32_e32 v11, v5                                       ; 7e160305
	buffer_store_dwordx4 v[8:11], v4, s[8:11], 0 offen glc      ; e0785000 80020804
	s_endpgm                                                    ; bf810000

