package correlate
import ("testing";"fmt";"os";"strings";"sort")
func TestZZ(t *testing.T){ b,_ := os.ReadFile("/tmp/corpus.txt"); keys := map[string]string{}; n:=map[string]int{}
 for _, l := range strings.Split(string(b), "\n") { id, tm := patternOf(l); keys[id]=tm; n[id]++ }
 m := mergePatterns(keys); by := map[string][]string{}
 for id, x := range m { by[x.template] = append(by[x.template], keys[id]) }
 fmt.Println("keys", len(keys), "shown", len(by))
 for _, k := range sortedKeys(by) { if len(by[k]) > 1 { sort.Strings(by[k]); fmt.Printf("MERGED %d  %.160s\n", len(by[k]), k); for i, x := range by[k] { if i < 3 { fmt.Printf("        %.160s\n", x)}} } }
 fmt.Println("=====")
 for _, k := range sortedKeys(by) { if len(by[k]) == 1 { fmt.Printf("%.170s\n", k) } }
}
