/** A Java program whose native library leaks. */
public final class Leaky {
    static native void leak();

    public static void main(String[] args) throws Exception {
        System.load(args[0]);
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            leak();
        }
        System.out.println("done");
        System.in.read();
    }
}
