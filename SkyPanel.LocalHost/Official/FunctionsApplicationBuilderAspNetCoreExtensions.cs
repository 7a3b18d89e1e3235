namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>The ASP.NET Core integration: functions take <c>HttpRequest</c> and return <c>IResult</c>.</summary>
public static class FunctionsApplicationBuilderAspNetCoreExtensions
{
    public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
    {
        builder.ServesHttp = true;
        return builder;
    }
}
