import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.esmf.aspectmodel.aas.AasFileFormat;
import org.eclipse.esmf.aspectmodel.aas.AasGenerationConfigBuilder;
import org.eclipse.esmf.aspectmodel.aas.AspectModelAasGenerator;
import org.eclipse.esmf.aspectmodel.generator.jsonschema.AspectModelJsonSchemaGenerator;
import org.eclipse.esmf.aspectmodel.loader.AspectModelLoader;
import org.eclipse.esmf.aspectmodel.resolver.FileSystemStrategy;
import org.eclipse.esmf.aspectmodel.urn.AspectModelUrn;

/** One model by its URN, made to a JSON Schema or an AAS environment in a file: ROOT URN schema|aas FILE. */
public class Esmf {
    public static void main(String[] given) throws Exception {
        var urn = AspectModelUrn.fromUrn(given[1]);
        var loaded = new AspectModelLoader(new FileSystemStrategy(Path.of(given[0]))).load(urn);
        var aspect = loaded.aspects().stream().filter(each -> each.urn().equals(urn)).findFirst().orElseThrow();
        byte[] made;
        if (given[2].equals("schema")) {
            var schema = new AspectModelJsonSchemaGenerator(aspect).generate().findFirst().orElseThrow().getContent();
            made = new ObjectMapper().writeValueAsBytes(schema);
        } else {
            var config = AasGenerationConfigBuilder.builder().format(AasFileFormat.JSON).build();
            made = new AspectModelAasGenerator(aspect, config).generate().findFirst().orElseThrow().getContent();
        }
        Files.write(Path.of(given[3]), made);
    }
}
