set_=0 read_=0
for n in $(seq 0 99); do DataSet "perf_$n" "value_$n" && set_=$((set_ + 1)); done
for n in $(seq 0 99); do [ "$(DataGet "perf_$n")" = "value_$n" ] && read_=$((read_ + 1)); done
for n in $(seq 0 99); do DataDelete "perf_$n"; done
Info "$set_ $read_ $(DataSize)"
